package grafana

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Types of data sources.
const (
	clickhouseType = "grafana-clickhouse-datasource"
	prometheusType = "prometheus"
	dashboardUID   = "-- Dashboard --" // the result of another panel of the same board
)

// dashboard is a classic board, with the parts that the checks read. Unknown keys are refused at the levels spelt out here.
type dashboard struct {
	UID           string          `json:"uid"`
	Title         string          `json:"title"`
	Description   string          `json:"description"`
	Tags          []string        `json:"tags"`
	SchemaVersion int             `json:"schemaVersion"`
	Version       int             `json:"version"`
	Editable      bool            `json:"editable"`
	GraphTooltip  int             `json:"graphTooltip"`
	Timezone      string          `json:"timezone"`
	WeekStart     string          `json:"weekStart"`
	Time          json.RawMessage `json:"time"`
	Timepicker    json.RawMessage `json:"timepicker"`
	Refresh       string          `json:"refresh"`
	FiscalYear    int             `json:"fiscalYearStartMonth"`
	LiveNow       bool            `json:"liveNow"`
	Links         []link          `json:"links"`
	Annotations   json.RawMessage `json:"annotations"`
	Templating    struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

// link leads to another board and takes the choices along.
type link struct {
	Title       string          `json:"title"`
	Type        string          `json:"type"`
	URL         string          `json:"url"`
	Tooltip     string          `json:"tooltip"`
	Icon        string          `json:"icon"`
	IncludeVars bool            `json:"includeVars"`
	KeepTime    bool            `json:"keepTime"`
	TargetBlank bool            `json:"targetBlank"`
	AsDropdown  bool            `json:"asDropdown"`
	Tags        json.RawMessage `json:"tags"`
}

type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type variable struct {
	Name        string          `json:"name"`
	Label       string          `json:"label"`
	Type        string          `json:"type"`
	Description string          `json:"description"`
	Hide        int             `json:"hide"`
	Multi       bool            `json:"multi"`
	IncludeAll  bool            `json:"includeAll"`
	SkipURLSync bool            `json:"skipUrlSync"`
	Current     json.RawMessage `json:"current"`
	Options     json.RawMessage `json:"options"`
	Datasource  *source         `json:"datasource"`
	Definition  string          `json:"definition"`
	Query       string          `json:"query"`
	Refresh     int             `json:"refresh"`
	Regex       string          `json:"regex"`
	Sort        int             `json:"sort"`
}

type panel struct {
	ID          int      `json:"id"`
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Datasource  source   `json:"datasource"`
	GridPos     gridPos  `json:"gridPos"`
	Targets     []target `json:"targets"`
	FieldConfig struct {
		Defaults  fieldDefaults   `json:"defaults"`
		Overrides json.RawMessage `json:"overrides"`
	} `json:"fieldConfig"`
	Options json.RawMessage `json:"options"`
}

type gridPos struct{ H, W, X, Y int }

type target struct {
	Datasource source `json:"datasource"`
	RefID      string `json:"refId"`

	EditorType string      `json:"editorType"` // ClickHouse
	QueryType  string      `json:"queryType"`
	RawSQL     string      `json:"rawSql"`
	Format     interface{} `json:"format"`

	EditorMode   string `json:"editorMode"` // Prometheus
	Expr         string `json:"expr"`
	Instant      bool   `json:"instant"`
	Range        bool   `json:"range"`
	LegendFormat string `json:"legendFormat"`

	PanelID int `json:"panelId"` // another panel's result
}

type fieldDefaults struct {
	Unit        string            `json:"unit"`
	Decimals    *int              `json:"decimals"`
	Min         *float64          `json:"min"`
	DisplayName string            `json:"displayName"`
	NoValue     string            `json:"noValue"`
	Mappings    []json.RawMessage `json:"mappings"`
	Color       json.RawMessage   `json:"color"`
	Custom      json.RawMessage   `json:"custom"`
	Thresholds  struct {
		Mode  string `json:"mode"`
		Steps []struct {
			Color string   `json:"color"`
			Value *float64 `json:"value"`
		} `json:"steps"`
	} `json:"thresholds"`
}

// fields is which columns of its query a stat shows: "" for all numbers, or a regular expression between slashes.
func (p *panel) fields() string {
	var options struct {
		ReduceOptions struct {
			Fields string `json:"fields"`
		} `json:"reduceOptions"`
	}
	if json.Unmarshal(p.Options, &options) != nil {
		return ""
	}
	return strings.Trim(options.ReduceOptions.Fields, "/")
}

// named are the columns that a panel names outside of its query: what is set for one, and the axis of a chart.
func (p *panel) named() ([]string, error) {
	var overrides []struct {
		Matcher struct{ ID, Options string } `json:"matcher"`
	}
	var options struct {
		XField string `json:"xField"`
	}
	if err := errors.Join(json.Unmarshal(p.FieldConfig.Overrides, &overrides), json.Unmarshal(p.Options, &options)); err != nil {
		return nil, err
	}
	var found []string
	for _, o := range overrides {
		if o.Matcher.ID == "byName" {
			found = append(found, o.Matcher.Options)
		}
	}
	if options.XField != "" {
		found = append(found, options.XField)
	}
	return found, nil
}

// parseBoard reads a board strictly: no unknown and no repeated keys, nothing after it.
func parseBoard(text []byte) (*dashboard, error) {
	if err := findRepeatedKey(json.NewDecoder(bytes.NewReader(text)), "board"); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	board := &dashboard{}
	if err := decoder.Decode(board); err != nil {
		return nil, fmt.Errorf("parse board: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("parse board: more text after it")
	}
	return board, nil
}

// findRepeatedKey walks one value.
func findRepeatedKey(decoder *json.Decoder, where string) error {
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("parse %s: %w", where, err)
	}
	delimiter, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for n := 0; decoder.More(); n++ {
		name := fmt.Sprintf("%s[%d]", where, n)
		if delimiter == '{' {
			key, err := decoder.Token()
			if err != nil {
				return fmt.Errorf("parse %s: %w", where, err)
			}
			if name = where + "." + key.(string); seen[key.(string)] {
				return fmt.Errorf("parse board: %s is there twice", name)
			}
			seen[key.(string)] = true
		}
		if err := findRepeatedKey(decoder, name); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

// readBoards reads every board of the folder.
func readBoards(t testing.TB) []*dashboard {
	t.Helper()
	paths, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no boards in dashboards: %v", err)
	}
	var boards []*dashboard
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		board, err := parseBoard(text)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		boards = append(boards, board)
	}
	return boards
}

// liveFloor is the board of the floor as it is now.
func liveFloor(t testing.TB) *dashboard { return boardOf(t, "floorwatch-live-floor") }

// history is the board of the days that have ended.
func history(t testing.TB) *dashboard { return boardOf(t, "floorwatch-history") }

func boardOf(t testing.TB, uid string) *dashboard {
	t.Helper()
	boards := readBoards(t)
	at := slices.IndexFunc(boards, func(b *dashboard) bool { return b.UID == uid })
	if at < 0 {
		t.Fatal("no board " + uid)
	}
	return boards[at]
}

// provisioned are the files under provisioning, in the parts that the checks read.
type provisioned struct {
	Datasources []struct {
		Name      string         `yaml:"name"`
		UID       string         `yaml:"uid"`
		Type      string         `yaml:"type"`
		IsDefault bool           `yaml:"isDefault"`
		URL       string         `yaml:"url"`
		JSONData  map[string]any `yaml:"jsonData"`
	} `yaml:"datasources"`
	Providers []struct {
		Name            string            `yaml:"name"`
		Type            string            `yaml:"type"`
		AllowUIUpdates  bool              `yaml:"allowUiUpdates"`
		DisableDeletion bool              `yaml:"disableDeletion"`
		Options         map[string]string `yaml:"options"`
	} `yaml:"providers"`
	text string
}

func readProvisioning(t testing.TB) provisioned {
	t.Helper()
	var all provisioned
	paths, err := filepath.Glob("provisioning/da*/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var one provisioned
		if err := yaml.Unmarshal(text, &one); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all.Datasources = append(all.Datasources, one.Datasources...)
		all.Providers = append(all.Providers, one.Providers...)
		all.text += string(text)
	}
	// Of alerts Grafana leaves what it does not expand as it is, so only whole variables are meant there.
	all.text += strings.Join(regexp.MustCompile(`\$\{\w+\}`).FindAllString(alertsText(t), -1), "\n")
	return all
}

// types are the types of the data sources by uid.
func (p provisioned) types() map[string]string {
	found := map[string]string{dashboardUID: "datasource"}
	for _, s := range p.Datasources {
		found[s.UID] = s.Type
	}
	return found
}
