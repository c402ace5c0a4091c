package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// decoder reads YAML into the configuration and gathers everything that is wrong. What the YAML does not name keeps its value.
type decoder struct {
	place    string // where the YAML stands; empty: in a file, whose lines are told
	problems []error
}

// decodeText reads the text of a file.
func decodeText(text []byte, cfg *Config) []error {
	var d decoder
	if document := d.parse(text); document != nil {
		d.decode(document, "", reflect.ValueOf(cfg).Elem())
	}
	return d.problems
}

// parse gives the root of the only document in a text, nil if there is nothing in it.
func (d *decoder) parse(text []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		panic("BUG: YAML loader without options: " + err.Error())
	}
	var first, second yaml.Node
	if err = loader.Load(&first); err == nil {
		err = loader.Load(&second)
	}
	var broken *yaml.LoadError
	switch {
	case err == nil:
		d.tell(second.Line, "a second YAML document begins; there must be one only")
	case errors.As(err, &broken) && strings.Contains(broken.Message, "cannot start any token"):
		d.tell(broken.Mark.Line, "not valid YAML: a character that cannot stand here; indent with spaces, not tabs, and put quotes around values with special characters")
	case errors.As(err, &broken):
		d.tell(broken.Mark.Line, "not valid YAML: %s", broken.Message)
	case !errors.Is(err, io.EOF):
		d.tell(0, "not valid YAML: %w", err)
	case len(first.Content) > 0:
		return first.Content[0]
	}
	return nil
}

func (d *decoder) tell(line int, format string, arguments ...any) {
	problem := fmt.Errorf(format, arguments...)
	switch {
	case d.place != "":
		problem = fmt.Errorf("%s: %w", d.place, problem)
	case line > 0:
		problem = fmt.Errorf("line %d: %w", line, problem)
	}
	d.problems = append(d.problems, problem)
}

// decode reads the value of the key at a path.
func (d *decoder) decode(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	empty := node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
	switch {
	case empty && into.Kind() == reflect.Struct: // all keys of the section are commented out
	case empty:
		d.tell(node.Line, "%s has no value; give one or remove the key", path)
	case into.Kind() == reflect.Struct:
		d.section(node, path, into)
	case into.Kind() == reflect.Slice:
		d.list(node, path, into)
	case into.Kind() == reflect.Map:
		d.mapping(node, path, into)
	default:
		d.scalar(node, path, into)
	}
}

// section reads keys that are known.
func (d *decoder) section(node *yaml.Node, path string, into reflect.Value) {
	fields := fieldsOf(into.Type())
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if node.Kind != yaml.MappingNode {
		d.tell(node.Line, "%s must be a section with the keys %s", orRoot(path), strings.Join(names, ", "))
		return
	}
	d.pairs(node, path, func(key, value *yaml.Node) {
		for _, f := range fields {
			if f.name == key.Value {
				d.decode(value, join(path, f.name), into.FieldByIndex(f.index))
				return
			}
		}
		if near := nearest(key.Value, names); near != "" {
			d.tell(key.Line, "unknown key %s; did you mean %s?", join(path, key.Value), join(path, near))
		} else {
			d.tell(key.Line, "unknown key %s; the keys here are %s", join(path, key.Value), strings.Join(names, ", "))
		}
	})
}

// pairs hands over each key with its value; a key that stands twice is told.
func (d *decoder) pairs(node *yaml.Node, path string, handle func(key, value *yaml.Node)) {
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if first, twice := lines[key.Value]; twice {
			d.tell(key.Line, "%s stands twice, first in line %d; remove one", join(path, key.Value), first)
			continue
		}
		lines[key.Value] = key.Line
		handle(key, node.Content[i+1])
	}
}

func (d *decoder) list(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.SequenceNode {
		d.tell(node.Line, "%s must be a list, such as [first, second]", path)
		return
	}
	list := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		d.decode(item, fmt.Sprintf("%s[%d]", path, i), list.Index(i))
	}
	into.Set(list)
}

func (d *decoder) mapping(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.tell(node.Line, "%s must be pairs, such as {acme: Europe/Berlin}", path)
		return
	}
	pairs := reflect.MakeMap(into.Type())
	d.pairs(node, path, func(key, value *yaml.Node) {
		read := reflect.New(into.Type().Elem()).Elem()
		d.decode(value, join(path, key.Value), read)
		pairs.SetMapIndex(reflect.ValueOf(key.Value), read)
	})
	into.Set(pairs)
}

func (d *decoder) scalar(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.ScalarNode {
		d.tell(node.Line, "%s must be %s", path, kindOf(into.Type()))
		return
	}
	var err error
	switch value := into.Addr().Interface().(type) {
	case *string:
		*value = node.Value
	case *time.Duration:
		var read time.Duration
		if read, err = time.ParseDuration(node.Value); err == nil {
			*value = read
		}
	default:
		err = node.Decode(value)
	}
	if err != nil {
		d.tell(node.Line, "%s is %.100q; must be %s", path, node.Value, kindOf(into.Type()))
	}
}

// kindOf tells what a value must be.
func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration, such as 500ms, 30s, 10m or 72h"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Uint64:
		return "a whole number that is not negative"
	case t.Kind() == reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// field is a key of a section.
type field struct {
	name  string
	index []int
}

func fieldsOf(section reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(section) {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && name != "-" {
			fields = append(fields, field{name, f.Index})
		}
	}
	return fields
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func orRoot(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
