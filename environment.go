package main

import (
	"reflect"
	"slices"
	"strings"
)

const environmentPrefix = "FLOORWATCH_"

// applyEnvironment sets keys from variables: FLOORWATCH_CLICKHOUSE_ADDRESSES is clickhouse.addresses. Text is taken as it stands, lists
// may be written with commas, everything else is YAML as in a file. A variable with the prefix that is no key is refused.
func applyEnvironment(cfg *Config, environment []string) []error {
	variables := map[string]leaf{}
	var names []string
	for _, l := range leaves(reflect.ValueOf(cfg).Elem(), "") {
		name := strings.ToUpper(strings.ReplaceAll(l.path, ".", "_"))
		variables[name] = l
		names = append(names, name)
	}
	var problems []error
	for _, entry := range slices.Sorted(slices.Values(environment)) {
		name, value, _ := strings.Cut(entry, "=")
		key, ours := strings.CutPrefix(name, environmentPrefix)
		if !ours {
			continue
		}
		d := decoder{place: name}
		if l, known := variables[key]; known {
			d.variable(value, l)
		} else if near := nearest(key, names); near != "" {
			d.tell(0, "is no key of the configuration; did you mean %s?", environmentPrefix+near)
		} else {
			d.tell(0, "is no key of the configuration; \"floorwatch check --print\" shows all of them (clickhouse.addresses is FLOORWATCH_CLICKHOUSE_ADDRESSES)")
		}
		problems = append(problems, d.problems...)
	}
	return problems
}

// variable reads the value of one variable into a leaf.
func (d *decoder) variable(value string, l leaf) {
	switch kind := l.value.Type(); {
	case kind.Kind() == reflect.String:
		l.value.SetString(value)
	case value == "":
		d.tell(0, "is empty; give a value or remove the variable")
	case kind == reflect.TypeFor[[]string]() && !strings.HasPrefix(value, "["):
		items := strings.Split(value, ",")
		for i := range items {
			items[i] = strings.TrimSpace(items[i])
		}
		l.value.Set(reflect.ValueOf(items))
	default:
		if node := d.parse([]byte(value)); node != nil {
			d.decode(node, l.path, l.value)
		}
	}
}

// leaf is a key of the configuration that holds a value and no further section.
type leaf struct {
	path  string
	value reflect.Value
}

func leaves(section reflect.Value, path string) []leaf {
	var out []leaf
	for _, f := range fieldsOf(section.Type()) {
		value, here := section.FieldByIndex(f.index), join(path, f.name)
		if value.Kind() == reflect.Struct {
			out = append(out, leaves(value, here)...)
		} else {
			out = append(out, leaf{here, value})
		}
	}
	return out
}
