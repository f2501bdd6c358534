"""How well a method tells who has osteoporosis, as its critics would measure it."""
