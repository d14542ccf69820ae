// Goroutines and channels, net/http on the loopback, a child process, a fault that is recovered from.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

func main() {
	results := make(chan int)
	var all sync.WaitGroup
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func(n int) { defer all.Done(); time.Sleep(time.Millisecond); results <- n * n }(i)
	}
	go func() { all.Wait(); close(results) }()
	sum := 0
	for v := range results {
		sum += v
	}
	runtime.GC()
	fmt.Println(sum, runtime.GOOS, runtime.GOARCH)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, strings.ToUpper(string(body)))
	}))
	var lock sync.Mutex
	var lines []string
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			answer, err := http.Post(fmt.Sprintf("http://%s/item/%d", listener.Addr(), n), "text/plain", strings.NewReader("hello"))
			if err != nil {
				panic(err)
			}
			text, _ := io.ReadAll(answer.Body)
			lock.Lock()
			lines = append(lines, string(text))
			lock.Unlock()
		}(i)
	}
	all.Wait()
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
	out, err := exec.Command("echo", "child").Output()
	fmt.Printf("%s%v\n", out, err)
	defer func() { fmt.Println("recovered:", recover()); os.Exit(3) }()
	var nothing *int
	fmt.Println(*nothing)
}
