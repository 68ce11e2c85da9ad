"""Builds the demonstration world by calling the services as each person would. Its content is data: references/demo."""
