//go:build embedded

package enginetest

import (
	"io"
	"net/http"
	"testing"
)

func TestStart(t *testing.T) {
	reason, err := Missing()
	if err != nil {
		t.Fatal(err)
	}
	if reason != "" {
		t.Skip(reason)
	}
	address, stop, err := Start(t.TempDir(), Library())
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(address + "/?query=SELECT+1")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "1\n" {
		t.Errorf("got %q, %v", body, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
