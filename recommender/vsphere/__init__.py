"""The only package that knows vCenter's API: reads the inventory, sends migrations, follows their tasks."""
