"""What happened and what was decided, durably: the database journal, saved inventories and plan files."""
