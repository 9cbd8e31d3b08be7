"""Moving whole data centres or clusters over many windows: deciding it, a window of it, and its way back."""
