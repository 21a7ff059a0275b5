using System.Diagnostics;
using System.Globalization;
using System.Net;
using Hdms.Bench.Api;
using Spectre.Console;

namespace Hdms.Bench.Web;

/// <param name="Requests">Of each page.</param>
/// <param name="Tickets">The larger of the two sizes.</param>
/// <param name="Keep">Where the data of the larger one stays.</param>
sealed record WebBenchOptions(int Requests, int Tickets, string? Keep);

/// <summary>
/// Pages as a moderator's browser asks for them, one after another, among 300 tickets and among a million: the time from the request's
/// last byte to the answer's last, over the loopback interface, and what goes over the wire compressed. The peer of each page is itself
/// among few tickets: a page that reads no more than it shows takes the same time.
/// </summary>
static class WebBench
{
    const int Few = 300;
    const int Aim = 50;
    const int FirstLoadAim = 150_000;

    public static async Task<bool> RunAsync(WebBenchOptions options)
    {
        var few = await MeasureAsync(Few, options, null);
        var many = await MeasureAsync(options.Tickets, options, options.Keep);
        var table = new Table().Title($"Pages, {options.Requests} requests each, milliseconds").AddColumns("page", $"p50/p99 at {Few}", $"p50/p99 at {options.Tickets:N0}", "ratio of p50", "kB", "kB compressed");
        foreach (var (page, at) in many.Pages)
        {
            var (before, _, _) = few.Pages[page];
            table.AddRow(page, $"{before.P50:N1}/{before.P99:N1}", $"{at.Figures.P50:N1}/{at.Figures.P99:N1}", $"{at.Figures.P50 / before.P50:N2}", $"{at.Bytes / 1000.0:N1}", $"{at.Compressed / 1000.0:N1}");
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"First load of the queue, with styles, scripts and icons, compressed: {many.FirstLoad / 1000.0:N1} kB (aim: under {FirstLoadAim / 1000})");
        AnsiConsole.WriteLine($"Aim: p99 under {Aim} ms for board, ticket and search among {options.Tickets:N0}");
        return many.Pages.Values.All(p => p.Figures.Failed == 0) && few.Pages.Values.All(p => p.Figures.Failed == 0);
    }

    static async Task<(Dictionary<string, (Figures Figures, long Bytes, long Compressed)> Pages, long FirstLoad)> MeasureAsync(int tickets, WebBenchOptions options, string? keep)
    {
        await using var house = new House(keep);
        await house.StartAsync();
        await house.FillAsync(10_000);
        var (_, any) = await TicketsFill.FillAsync(house, tickets);
        await WebFill.FillAsync(house);
        using var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer(), AutomaticDecompression = DecompressionMethods.None, AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = house.Address };
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using (var form = new FormUrlEncodedContent([new("employee_code", TicketsFill.ModeratorCode), new("password", House.Password)]))
        using (var signedIn = await http.PostAsync("/sign-in", form))
        {
            if (signedIn.StatusCode != HttpStatusCode.Redirect)
                throw new InvalidOperationException($"The moderator can't sign in: {(int)signedIn.StatusCode}.");
        }

        var year = DateTime.UtcNow.AddHours(5).Year;
        Dictionary<string, Func<int, string>> pages = new(StringComparer.Ordinal)
        {
            ["queue"] = _ => "/board",
            ["board, all"] = _ => "/board?tab=all",
            ["board, filtered"] = _ => "/board?tab=open&priority=urgent&sort=due_at",
            ["ticket"] = n => $"/tickets/{any[n % any.Count]}",
            ["search, two words"] = n => $"/search?q={new[] { "printer", "laptop", "heating", "invoice" }[n % 4]}+{new[] { "noise", "missing", "late", "broken" }[n / 4 % 4]}",
            ["search, a number"] = n => string.Create(CultureInfo.InvariantCulture, $"/search?q=HD-{year}-{100 + (n % 90)}"),
            ["dashboard"] = _ => "/dashboard",
            ["new ticket"] = _ => "/tickets/new",
        };
        var measured = new Dictionary<string, (Figures, long, long)>(StringComparer.Ordinal);
        foreach (var (name, address) in pages)
        {
            AnsiConsole.MarkupLine($"[grey]{name} among {tickets:N0}[/]");
            measured[name] = await PageAsync(http, address, options.Requests);
        }

        return (measured, await FirstLoadAsync(http));
    }

    static async Task<(Figures, long Bytes, long Compressed)> PageAsync(HttpClient http, Func<int, string> address, int requests)
    {
        // A help desk that runs since the morning: its code is compiled, its pages are in memory.
        for (var i = 0; i < requests; i++)
            await GetAsync(http, address(i), null);
        var bytes = (await GetAsync(http, address(0), null)).Bytes;
        var compressed = (await GetAsync(http, address(0), "br")).Bytes;
        var times = new List<double>(requests);
        var failed = 0;
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < requests; i++)
        {
            var at = Stopwatch.GetTimestamp();
            var (status, _) = await GetAsync(http, address(i), "br");
            times.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            failed += status is 200 or 302 ? 0 : 1;
        }

        return (Figures.Of(times, Stopwatch.GetElapsedTime(started).TotalSeconds, failed), bytes, compressed);
    }

    /// <summary>What a browser that knows nothing yet loads for the queue.</summary>
    static async Task<long> FirstLoadAsync(HttpClient http)
    {
        var (_, all) = await GetAsync(http, "/board", "br");
        var html = await http.GetStringAsync("/board");
        var files = html.Split('"').Where(t => t.StartsWith("/lib/", StringComparison.Ordinal) || t.StartsWith("/js/", StringComparison.Ordinal) || t.Contains(".css", StringComparison.Ordinal))
            .Select(t => t.Split('#')[0]).Distinct().ToList();

        // The modules that the first one asks for.
        files.AddRange(new[] { "live", "keys", "chat", "board", "forms", "times", "refresh", "say" }.Select(m => $"/js/{m}.js"));

        // The first who comes is given what is packed while they look.
        foreach (var file in files)
            await GetAsync(http, file, "br");
        await Task.Delay(TimeSpan.FromSeconds(4));
        foreach (var file in files)
            all += (await GetAsync(http, file, "br")).Bytes;
        return all;
    }

    static async Task<(int Status, long Bytes)> GetAsync(HttpClient http, string address, string? encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (encoding is not null)
            request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync()).LongLength);
    }
}
