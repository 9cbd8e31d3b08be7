"""What people and machines read: tables, explanations, timelines and JSON documents."""
