"""The screens: the walk, the overview of a block, and the boxes that open over them."""
