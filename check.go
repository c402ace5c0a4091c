package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"

	"go.yaml.in/yaml/v4"
)

// check tells everything that is wrong with the configuration, without starting anything.
func check(_ context.Context, arguments []string, s streams) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	printed := flags.Bool("print", false, "print the whole configuration as it holds, passwords left out")
	if err := parse(flags, arguments, s, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(*configPath, environ())
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

func environ() []string { return os.Environ() }
