"""Rolling maintenance carried out: wave by wave empty, work, back, and on where it stopped."""
