//go:build !embedded

package main

import (
	"errors"
	"io"

	"github.com/rs/zerolog"
)

const hasEmbedded = false

// startEmbedded tells that this build has no Kafka and ClickHouse of its own.
func startEmbedded(*Config, zerolog.Logger) (io.Closer, error) {
	return nil, errors.New("start embedded servers: this program was built without them; use make run, or build with: go build -tags embedded")
}
