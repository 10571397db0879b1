"""What the region must make of events, written a second time and as plainly as can be."""
