//go:build tools

// Package apiserver names what is built: kube-apiserver, from the modules that go.sum vouches for.
package apiserver

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
