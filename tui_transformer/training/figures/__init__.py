"""What a trained model can do, as figures beside the bars that they must reach."""
