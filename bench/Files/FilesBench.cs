using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Hdms.Bench.Api;
using Spectre.Console;

namespace Hdms.Bench.Files;

/// <param name="Megabytes">How large the file is.</param>
/// <param name="Rounds">How often each is measured, in turns; the median is shown.</param>
sealed record FilesBenchOptions(int Megabytes, int Rounds);

/// <summary>
/// A large file up, beside cp of it to the same disk and sha256sum of it at the same time; and down, beside nginx giving out the very
/// file that was stored. The client is curl in all cases.
/// </summary>
static class FilesBench
{
    /// <returns>Whether what came down is what went up.</returns>
    public static async Task<bool> RunAsync(FilesBenchOptions options)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"hdms-bench-files-{Environment.ProcessId}")).FullName;
        try
        {
            var source = Path.Combine(folder, "source.pdf");
            await MakeAsync(source, options.Megabytes);
            await using var house = new House();
            AnsiConsole.MarkupLine("[grey]starting on a new data directory[/]");
            await house.StartAsync();
            await house.FillAsync(10);
            using var client = new HttpClient { BaseAddress = house.Address };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", house.Token);
            await UploadAsync(house, source);
            var before = house.PeakMegabytes();

            var (copies, hashed, uploads, downloads, peers) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
            var whole = true;
            for (var round = 1; round <= options.Rounds; round++)
            {
                AnsiConsole.MarkupLine($"[grey]round {round} of {options.Rounds}[/]");
                var copy = Path.Combine(house.Data, "copy");
                copies.Add(await ShellAsync($"cp {source} {copy} && sync {copy}"));
                hashed.Add(await ShellAsync($"sha256sum {source} >/dev/null & cp {source} {copy} && sync {copy}; wait"));
                File.Delete(copy);
                var (seconds, id) = await UploadAsync(house, source);
                uploads.Add(seconds);
                var content = $"{house.Address}api/v1/files/{id}/content";
                var stored = Directory.EnumerateFiles(house.Data, Guid.Parse(id).ToString("N"), SearchOption.AllDirectories).Single();
                downloads.Add(await ShellAsync($"curl -sSf -o /dev/null -H 'Authorization: Bearer {house.Token}' {content}"));
                peers.Add(await NginxAsync(folder, stored));
                if (round == 1)
                {
                    var down = Path.Combine(folder, "down");
                    await ShellAsync($"curl -sSf -o {down} -H 'Authorization: Bearer {house.Token}' {content}");
                    whole = await HashAsync(down) == await HashAsync(source);
                }

                (await client.DeleteAsync($"/api/v1/files/{id}")).EnsureSuccessStatusCode();
            }

            Show(options, house.PeakMegabytes() - before, copies, hashed, uploads, downloads, peers);
            Console.WriteLine(whole ? "what came down is what went up" : "what came down is NOT what went up");
            return whole;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Show(FilesBenchOptions options, double memory, List<double> copies, List<double> hashed, List<double> uploads, List<double> downloads, List<double> peers)
    {
        var table = new Table().Border(TableBorder.Minimal).Title($"a file of {options.Megabytes} MB, median of {options.Rounds}").AddColumns("", "MB/s", "ratio to it");
        double Rate(List<double> seconds) => options.Megabytes / seconds.Order().ElementAt(seconds.Count / 2);
        table.AddRow("cp, on the disk", $"{Rate(copies):N0}", $"{Rate(uploads) / Rate(copies):N2}");
        table.AddRow("cp, on the disk, and sha256sum beside", $"{Rate(hashed):N0}", $"{Rate(uploads) / Rate(hashed):N2}");
        table.AddRow("upload: hashed, on the disk, in the database", $"{Rate(uploads):N0}", "");
        table.AddRow("nginx, the stored file", $"{Rate(peers):N0}", $"{Rate(downloads) / Rate(peers):N2}");
        table.AddRow("download", $"{Rate(downloads):N0}", "");
        AnsiConsole.Write(table);
        Console.WriteLine($"memory of the whole process at its highest, above that after a first upload: {memory:N0} MB");
    }

    /// <returns>Seconds, and the file's id.</returns>
    static async Task<(double Seconds, string Id)> UploadAsync(House house, string source)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await Tool.RunAsync(
            "curl",
            ["-sSf", "-X", "POST", "-T", source, "-H", $"Authorization: Bearer {house.Token}", "-H", "Content-Type: application/octet-stream", "-H", "X-File-Name: source.pdf", "-H", "Expect:", $"{house.Address}api/v1/files"]);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return (seconds, System.Text.Json.JsonDocument.Parse(answer).RootElement.GetProperty("id").GetString()!);
    }

    static async Task<double> NginxAsync(string folder, string stored)
    {
        const int Port = 18081;
        var settings = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(
            settings,
            $$"""
              user root; daemon on; pid {{folder}}/nginx.pid; error_log {{folder}}/nginx.log; worker_processes auto;
              events {}
              http { access_log off; sendfile on; tcp_nopush on; server { listen 127.0.0.1:{{Port}}; location = /file { alias {{stored}}; } } }
              """);
        await Tool.RunAsync("nginx", ["-p", folder, "-c", settings]);
        try
        {
            return await ShellAsync($"curl -sSf -o /dev/null http://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/file");
        }
        finally
        {
            await Tool.RunAsync("nginx", ["-p", folder, "-c", settings, "-s", "stop"]);
            while (File.Exists(Path.Combine(folder, "nginx.pid")))
            {
                await Task.Delay(10);
            }
        }
    }

    static async Task<double> ShellAsync(string command)
    {
        var started = Stopwatch.GetTimestamp();
        await Tool.RunAsync("bash", ["-c", command]);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    static async Task MakeAsync(string path, int megabytes)
    {
        await using var file = File.Create(path);
        var block = new byte[1024 * 1024];
        for (var n = 0; n < megabytes; n++)
        {
            RandomNumberGenerator.Fill(block);
            if (n == 0)
            {
                "%PDF-1.7\n"u8.CopyTo(block);
            }

            await file.WriteAsync(block);
        }

        file.Flush(flushToDisk: true);
    }

    static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file));
    }
}
