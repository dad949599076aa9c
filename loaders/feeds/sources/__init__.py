"""Files as departments deliver them, read row by row."""
