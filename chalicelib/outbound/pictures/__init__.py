"""Looking at pictures: the only home of Pillow. Imported by the photo function alone, when it has a picture."""
