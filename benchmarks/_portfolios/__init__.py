"""The second generator: portfolios with truth, written without looking at the engine."""
