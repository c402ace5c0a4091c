//go:build embedded

package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded"
	"github.com/rs/zerolog"
)

const hasEmbedded = true

// servers are Kafka and ClickHouse in this process.
type servers struct {
	broker *embedded.Broker
	engine *embedded.Engine
	front  *embedded.Server
}

// startEmbedded starts both and points the configuration at them.
func startEmbedded(cfg *Config, logger zerolog.Logger) (io.Closer, error) {
	s := &servers{}
	if err := s.start(cfg, logger); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	cfg.Kafka.Brokers = s.broker.Addresses()
	cfg.ClickHouse.Addresses = []string{s.front.Address()}
	cfg.ClickHouse.Protocol, cfg.ClickHouse.Secure, cfg.ClickHouse.Username = "http", false, "default" // the engine knows no other
	return s, nil
}

func (s *servers) start(cfg *Config, logger zerolog.Logger) (err error) {
	dataDir := cfg.Embedded.DataDir
	s.engine, err = embedded.OpenEngine(embedded.EngineConfig{Library: cfg.Embedded.Library, DataDir: filepath.Join(dataDir, "clickhouse")})
	if err != nil {
		return err // first, so that a missing library leaves nothing behind
	}
	topics := []string{cfg.Kafka.Topic}
	if cfg.Kafka.RejectsTopic != "" {
		topics = append(topics, cfg.Kafka.RejectsTopic)
	}
	s.broker, err = embedded.OpenBroker(embedded.BrokerConfig{
		Listen: cfg.Embedded.KafkaListen, DataDir: filepath.Join(dataDir, "kafka"),
		Partitions: cfg.Embedded.Partitions, Topics: topics, Logger: logger,
	})
	if err != nil {
		return err
	}
	s.front, err = embedded.Serve(cfg.Embedded.ClickHouseListen, embedded.NewFront(s.engine, embedded.FrontConfig{Password: cfg.ClickHouse.Password}))
	return err
}

// Close stops them in reverse.
func (s *servers) Close() error {
	var errs []error
	if s.front != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		errs = append(errs, s.front.Close(ctx))
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.broker != nil {
		errs = append(errs, s.broker.Close())
	}
	return errors.Join(errs...)
}
