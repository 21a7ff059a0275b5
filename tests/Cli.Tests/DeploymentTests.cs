using System.Text.RegularExpressions;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Testing;

namespace Hdms.Cli.Tests;

/// <summary>What is in deploy/ goes with the program.</summary>
public sealed class DeploymentTests
{
    static readonly string Deploy = Path.Combine(RealProgram.Root, "deploy");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Nginx_sends_each_path_where_one_process_would() =>
        Between("locations").ShouldBe(Services.All
            .SelectMany(s => s.Paths.Append($"/openapi/{s.Name}.json").Concat(FeedIfApart(s)).Select(p => (Path: p, Service: s)))
            .OrderByDescending(p => p.Path.Count(c => c == '/')).ThenBy(p => p.Path.Count(c => c == '*')).ThenBy(p => p.Path, StringComparer.Ordinal)
            .Select(p => $"location ~ ^{Regex.Escape(p.Path).Replace(@"\*", "[^/]+", StringComparison.Ordinal)}(/|$) {{ proxy_pass http://{p.Service.Name}; }}"));

    [Fact]
    public void Nginx_finds_each_service_on_its_port() =>
        Between("upstreams").ShouldBe(Services.All.Select(s => $"upstream {s.Name} {{ server 127.0.0.1:{s.Port}; keepalive 32; }}"));

    [Fact]
    public async Task Nginx_takes_the_file()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/nginx"), "nginx is not installed");
        using var directory = TestDirectory.Create();
        var result = await Tool.RunAsync(["/usr/sbin/nginx", "-t", "-p", directory.Path, "-e", "stderr", "-c", Path.Combine(Deploy, "nginx.conf")], Ct);

        result.Error.ShouldContain("syntax is ok");
    }

    static IEnumerable<string> FeedIfApart(Service service) =>
        service.Paths.Any(p => service.Feed.StartsWith(p + "/", StringComparison.Ordinal)) ? [] : [service.Feed];

    static IEnumerable<string> Between(string name) => File.ReadLines(Path.Combine(Deploy, "nginx.conf")).Select(l => l.Trim())
        .SkipWhile(l => l != $"# begin {name}").Skip(1).TakeWhile(l => l != $"# end {name}");
}
