"""What the program brings along besides code: icons, fonts, translations; the pictures of the README."""
