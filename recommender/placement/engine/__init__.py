"""The search on one problem in arrays, and the proof of what can be had at best."""
