package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/floorwatch/floorwatch/exporter/clickhouse"
)

// greet tells where everything is and gives three queries to paste.
func (svc *service) greet(out io.Writer) {
	where := ""
	if svc.servers != nil {
		where = "; data in " + svc.cfg.Embedded.DataDir
	}
	fmt.Fprintf(out, "floorwatch %s\n\n", buildVersion())
	fmt.Fprintf(out, "  Kafka       %s, topic %s%s\n", strings.Join(svc.cfg.Kafka.Brokers, ", "), svc.cfg.Kafka.Topic, where)
	fmt.Fprintf(out, "  ClickHouse  %s, database %s\n", strings.Join(svc.cfg.ClickHouse.Addresses, ", "), svc.cfg.ClickHouse.Database)
	if svc.door != nil {
		svc.door.greet(out)
	}
	fmt.Fprintf(out, "  Metrics     http://%s/metrics, /healthz/live, /healthz/ready\n\n", svc.listener.Addr())
	if svc.cfg.ClickHouse.Protocol == "http" {
		fmt.Fprintln(out, "Paste into another terminal:")
		for _, command := range sampleCommands(svc.cfg.ClickHouse) {
			fmt.Fprintf(out, "\n%s\n", command)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, "Ctrl-C stops.")
}

// sampleQueries are those to paste; %[1]s is the database.
var sampleQueries = []string{
	"SELECT company, sum(active), sum(waiting_first_response), sum(open), sum(closed) FROM %[1]s.live_tiles WHERE is_today GROUP BY ALL",
	"SELECT company, hour_label, sum(initiated) FROM %[1]s.initiated_per_hour WHERE is_today GROUP BY company, hour_start, hour_label ORDER BY company, hour_start",
	"SELECT company, conversation_id, round(waiting_seconds) FROM %[1]s.waiting_now WHERE waits_for = 'any' ORDER BY 3 DESC LIMIT 9",
}

// sampleCommands are the shell commands that ask the sample queries. The banner prints them, and the README has those of the defaults.
func sampleCommands(cfg clickhouse.Config) []string {
	curl := "curl " + cfg.Addresses[0]
	if cfg.Secure {
		curl = "curl https://" + cfg.Addresses[0]
	}
	if cfg.Username != "default" || cfg.Password != "" {
		curl += fmt.Sprintf(` -u "%s:$FLOORWATCH_CLICKHOUSE_PASSWORD"`, cfg.Username)
	}
	commands := make([]string, len(sampleQueries))
	for i, query := range sampleQueries {
		commands[i] = fmt.Sprintf(`%s -d "%s FORMAT PrettyCompact"`, curl, fmt.Sprintf(query, cfg.Database))
	}
	return commands
}
