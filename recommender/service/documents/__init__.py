"""What the journal and the configuration tell, each as one versioned document for people and scripts."""
