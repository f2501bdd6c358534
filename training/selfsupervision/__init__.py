"""Self-supervised pretraining: encoders, views, losses (SimCLR, VICReg, SupCon, SwAV), LARC, and the loop that joins them."""
