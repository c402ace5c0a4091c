package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"
)

const environmentPrefix = "FLOORWATCH_"

// applyEnvironment sets keys from variables such as FLOORWATCH_CLICKHOUSE_ADDRESSES; their values are read as YAML. A variable with
// the prefix that is no key is refused like an unknown key in a file.
func applyEnvironment(cfg *Config, environment []string) error {
	keys := map[string][]string{}
	collectKeys(reflect.TypeOf(*cfg), nil, keys)
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, environmentPrefix) {
			continue
		}
		path, ok := keys[name]
		if !ok {
			return fmt.Errorf("read environment: %s is no key of the configuration; the keys are %s", name, strings.Join(known(keys, name), ", "))
		}
		if err := setKey(cfg, path, value); err != nil {
			return fmt.Errorf("read environment: %s: %w", name, err)
		}
	}
	return nil
}

// setKey reads one value as if it stood in a file under its key.
func setKey(cfg *Config, path []string, value string) error {
	var node yaml.Node
	if err := yaml.Load([]byte(value), &node); err != nil || len(node.Content) == 0 {
		node = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}}}
	}
	content := node.Content[0]
	for i := len(path) - 1; i >= 0; i-- {
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[i]}
		content = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, content}}
	}
	text, err := yaml.Dump(content)
	if err != nil {
		return err
	}
	return decodeStrict(text, cfg)
}

// collectKeys maps the variable of every leaf of the configuration to its path.
func collectKeys(t reflect.Type, path []string, keys map[string][]string) {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		here := append(append([]string{}, path...), name)
		if field.Type.Kind() == reflect.Struct {
			collectKeys(field.Type, here, keys)
			continue
		}
		keys[environmentPrefix+strings.ToUpper(strings.Join(here, "_"))] = here
	}
}

// known lists the variables of the section that a wrong name seems to mean, else of all.
func known(keys map[string][]string, wrong string) []string {
	section, _, _ := strings.Cut(strings.TrimPrefix(wrong, environmentPrefix), "_")
	var near, all []string
	for name := range keys {
		all = append(all, name)
		if strings.HasPrefix(name, environmentPrefix+section+"_") {
			near = append(near, name)
		}
	}
	if len(near) == 0 {
		near = all
	}
	sort.Strings(near)
	return near
}
