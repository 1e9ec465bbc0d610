further
