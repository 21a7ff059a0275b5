using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dapper;
using Hdms.Bench.Api;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using Spectre.Console;

namespace Hdms.Bench.Live;

/// <param name="Seconds">How long messages are written.</param>
/// <param name="Streams">Open streams; five of each person.</param>
/// <param name="PerSecond">Messages written a second.</param>
sealed record LiveBenchOptions(int Seconds, int Streams, int PerSecond);

/// <summary>
/// Messages through HDMS from POST to the last stream that shows them, beside a bare Kestrel which is given the same bytes and sends
/// them to as many streams, without a database, a log, rights or anything else.
/// </summary>
static class LiveBench
{
    const int StreamsEach = 5;
    const int PeopleInRoom = 4;

    /// <returns>Whether every message came to every stream that may see it.</returns>
    public static async Task<bool> RunAsync(LiveBenchOptions options)
    {
        await using var house = new House();
        AnsiConsole.MarkupLine("[grey]starting on a new data directory[/]");
        await house.StartAsync();
        var people = options.Streams / StreamsEach;
        await house.FillAsync(people + 1);
        var rooms = await RoomsAsync(house, people);
        // A password takes a core for a while; all at once the service would rightly say that it is too many.
        var tokens = new string[people];
        await Parallel.ForEachAsync(Enumerable.Range(0, people), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (n, _) => tokens[n] = await house.SignInAsync($"BENCH-{n + 2}"));
        await house.StopAsync();
        await house.StartAsync();

        var ours = new Listeners(house.Address, n => new AuthenticationHeaderValue("Bearer", tokens[n / StreamsEach]), _ => "/api/v1/live");
        var (figures, each, complete) = await MeasureAsync(options, rooms, ours, house.Megabytes, (client, room, text) =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/tickets/{rooms[room]}/messages") { Content = JsonContent.Create(new { message = text }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens[room]);
            return client.SendAsync(request);
        });

        await using var peer = await LivePeer.StartAsync();
        var theirs = new Listeners(peer.Address, _ => null, n => $"/live?person={n / StreamsEach}");
        var (bare, bareEach, bareComplete) = await MeasureAsync(options, rooms, theirs, peer.Megabytes, (client, room, text) =>
            client.PostAsync($"/say?people={string.Join(',', Enumerable.Range(room, PeopleInRoom).Select(p => p % people))}", JsonContent.Create(new { message = text, padding = Listeners.Padding })));

        var table = new Table().Border(TableBorder.Minimal).Title($"{options.Streams} live streams, {options.PerSecond} messages a second, each to {PeopleInRoom * StreamsEach}, {options.Seconds} s")
            .AddColumns("", "deliveries/s", "p50 ms", "p95 ms", "p99 ms", "kB a stream");
        table.AddRow("HDMS", $"{figures.PerSecond:N0}", $"{figures.P50:N1}", $"{figures.P95:N1}", $"{figures.P99:N1}", $"{each:N1}");
        table.AddRow("bare Kestrel", $"{bare.PerSecond:N0}", $"{bare.P50:N1}", $"{bare.P95:N1}", $"{bare.P99:N1}", $"{bareEach:N1}");
        table.AddRow("ratio", $"{figures.PerSecond / bare.PerSecond:N2}", $"{figures.P50 / bare.P50:N2}", $"{figures.P95 / bare.P95:N2}", $"{figures.P99 / bare.P99:N2}", $"{each / bareEach:N2}");
        AnsiConsole.Profile.Width = 120;
        AnsiConsole.Write(table);
        if (!complete || !bareComplete)
        {
            AnsiConsole.MarkupLine("[red]Not every message came to every stream: these figures mean nothing.[/]");
        }

        return complete && bareComplete;
    }

    static async Task<(Figures Figures, double KilobytesEach, bool Complete)> MeasureAsync(
        LiveBenchOptions options, IReadOnlyList<Guid> rooms, Listeners listeners, Func<double> megabytes, Func<HttpClient, int, string, Task<HttpResponseMessage>> say)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 32 }) { BaseAddress = listeners.Address };

        // What is compiled and opened for the first messages is not the streams'.
        await SayAsync(options with { Seconds = 5 }, rooms, client, say);
        var before = megabytes();
        await listeners.OpenAsync(options.Streams);
        var each = (megabytes() - before) * 1024 / options.Streams;
        // Until what is hot has been compiled for good.
        await SayAsync(options with { Seconds = 25 }, rooms, client, say);
        await listeners.SettleAsync();
        listeners.Forget();
        var said = await SayAsync(options, rooms, client, say);
        await listeners.SettleAsync();
        var latencies = listeners.Latencies();
        var complete = latencies.Count == said * PeopleInRoom * StreamsEach;
        await listeners.DisposeAsync();
        return (Figures.Of(latencies, options.Seconds, complete ? 0 : 1), each, complete);
    }

    /// <summary>So many a second, whether those before are answered or not.</summary>
    /// <returns>How many were written.</returns>
    static async Task<int> SayAsync(LiveBenchOptions options, IReadOnlyList<Guid> rooms, HttpClient client, Func<HttpClient, int, string, Task<HttpResponseMessage>> say)
    {
        var started = Stopwatch.GetTimestamp();
        var saying = new List<Task>();
        for (var n = 0; n < options.Seconds * options.PerSecond; n++)
        {
            var due = TimeSpan.FromSeconds((double)n / options.PerSecond) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            saying.Add(OneAsync(n % rooms.Count));
        }

        await Task.WhenAll(saying);
        return saying.Count;

        async Task OneAsync(int room)
        {
            using var answer = await say(client, room, $"{Listeners.Mark}{Stopwatch.GetTimestamp()}{Listeners.Mark} Could somebody look at the printer on the third floor, please?");
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>As many tickets as people, each with the next four of them in its chat.</summary>
    static async Task<IReadOnlyList<Guid>> RoomsAsync(House house, int people)
    {
        await using var connection = new NpgsqlConnection(house.ConnectionString);
        var rooms = Enumerable.Range(0, people).Select(_ => Guid.CreateVersion7()).ToArray();
        var persons = house.People.Skip(1).ToArray();
        await connection.ExecuteAsync(
            """
            INSERT INTO user_credentials (user_id, password_hash, updated_at) SELECT id, @hash, now() FROM unnest(@persons) AS p (id);
            INSERT INTO chat_rooms (id, number, title, status, priority, generation, progress_percent, requester_id, heard_epoch, heard_position, ticket_version, created_at, updated_at, version)
            SELECT id, 'HD-2026-' || lpad(n::text, 4, '0'), 'A ticket', 'in_progress', 'medium', 1, 0, @persons[n], 1, 0, 1, now(), now(), 1 FROM unnest(@rooms) WITH ORDINALITY AS r (id, n);
            INSERT INTO ticket_participants (id, ticket_id, user_id, role_in_ticket, joined_at, visible_from, created_at, updated_at, version)
            SELECT gen_random_uuid(), id, @persons[(n + i - 1) % cardinality(@persons) + 1], 'watcher', now(), now(), now(), now(), 1
            FROM unnest(@rooms) WITH ORDINALITY AS r (id, n) CROSS JOIN generate_series(0, @most) AS i;
            ANALYZE;
            """,
            new { rooms, persons, most = PeopleInRoom - 1, hash = new PasswordHasher<object>().HashPassword(new object(), House.Password) });
        return rooms;
    }
}
