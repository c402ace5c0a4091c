package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadyURL(t *testing.T) {
	f := func(listen, want string) {
		t.Helper()
		if got := readyURL(listen); got != want {
			t.Errorf("%s: got %s, want %s", listen, got, want)
		}
	}
	f("127.0.0.1:8080", "http://127.0.0.1:8080/healthz/ready")
	f("0.0.0.0:8080", "http://127.0.0.1:8080/healthz/ready")
	f(":8080", "http://127.0.0.1:8080/healthz/ready")
	f("[::]:8080", "http://127.0.0.1:8080/healthz/ready")
	f("[::1]:8080", "http://[::1]:8080/healthz/ready")
	f("floor.example:81", "http://floor.example:81/healthz/ready")
}

func TestHealthcheck(t *testing.T) {
	status, asked := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("records to read: 7\n"))
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	f := func(answer int, line string, want outcome) {
		t.Helper()
		status, asked = answer, ""
		if diff := cmp.Diff(want, execute(t.Context(), nil, strings.Fields(line)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	t.Setenv("FLOORWATCH_HTTP_LISTEN", address)
	f(http.StatusOK, "healthcheck", outcome{Out: "records to read: 7\n"})
	if want := "GET /healthz/ready"; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	f(http.StatusServiceUnavailable, "healthcheck", outcome{Code: 1,
		Err: "floorwatch: check health at " + server.URL + "/healthz/ready: 503 Service Unavailable: records to read: 7\n"})
	f(http.StatusFound, "healthcheck", outcome{Code: 1,
		Err: "floorwatch: check health at " + server.URL + "/healthz/ready: 302 Found: records to read: 7\n"})
	t.Setenv("FLOORWATCH_HTTP_LISTEN", "127.0.0.1:1")
	f(http.StatusOK, "healthcheck --url "+server.URL+"/healthz/live", outcome{Out: "records to read: 7\n"})
	if want := "GET /healthz/live"; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	f(http.StatusOK, "healthcheck", outcome{Code: 1, Err: "floorwatch: check health at http://127.0.0.1:1/healthz/ready: " +
		"dial tcp 127.0.0.1:1: connect: connection refused; is the service running, and is this its address?\n"})
	f(http.StatusOK, "healthcheck --config none.yml", outcome{Code: 1, Err: "floorwatch: read configuration none.yml: there is no such file\n"})
	for _, wrong := range []string{address, "ftp://" + address, "http://"} {
		f(http.StatusOK, "healthcheck --url "+wrong, outcome{Code: 2, Err: `floorwatch healthcheck: --url is "` + wrong +
			`", must be an address such as http://127.0.0.1:8080/healthz/ready; see "floorwatch healthcheck --help"` + "\n"})
	}
}

// A service that takes the connection and says nothing is not ready.
func TestHealthcheckOfSilentService(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	began := time.Now()
	got := execute(t.Context(), nil, "healthcheck", "--url", "http://"+silent.Addr().String())
	if took := time.Since(began); got.Code != 1 || got.Out != "" || !strings.Contains(got.Err, "deadline exceeded") || took > 2*healthcheckTimeout {
		t.Errorf("%+v after %s", got, took)
	}
}
