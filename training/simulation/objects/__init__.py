"""Things on a film besides the hand: worn, implanted, wrapped around it or laid beside it; and the other hand."""
