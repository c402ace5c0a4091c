package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"go.yaml.in/yaml/v4"
)

// check tells everything that is wrong with the configuration, without starting anything.
func check(_ context.Context, arguments []string, s streams) error {
	flags := newFlags("check", "[--config FILE] [--print]", "Tells everything that is wrong with the configuration, without starting anything.")
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	printed := flags.Bool("print", false, "print the whole configuration as it holds, passwords left out")
	if err := flags.parse(arguments, s, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(*configPath, os.Environ())
	if err != nil {
		return err
	}
	if !*printed {
		fmt.Fprintln(s.out, "the configuration is valid")
		return nil
	}
	if cfg.ClickHouse.Password != "" {
		cfg.ClickHouse.Password = "(set)"
	}
	text, err := yaml.Dump(cfg)
	if err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	_, err = fmt.Fprintln(s.out, string(bytes.TrimSpace(text)))
	return err
}
