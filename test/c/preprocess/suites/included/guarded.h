/* A guard. */
#ifndef GUARDED_H
#define GUARDED_H
guarded __COUNTER__
#endif
