"""What is deployed to Kubernetes: parts that are generated, and checks that need no cluster."""
