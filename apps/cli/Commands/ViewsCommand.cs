using System.CommandLine;
using System.Globalization;
using Hdms.Cli.Hosting;
using Hdms.Kit.Feeds;
using Hdms.Kit.Hosting;
using Hdms.Kit.Rebuild;
using Hdms.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hdms.Cli.Commands;

/// <summary><c>hdms views rebuild</c>: the read side's tables made anew from the feeds, while the old ones are read.</summary>
internal static class ViewsCommand
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var rebuild = new Command(
            "rebuild",
            "Make the read side's tables anew from the other services' feeds, beside the old ones, which are read and kept up meanwhile; then put them in their place in one transaction.");
        rebuild.SetAction(RebuildAsync);
        return new Command("views", "The read side: board, search, figures.") { rebuild };
    }

    static async Task<int> RebuildAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        var definition = ViewsService.Definition;
        var copy = new NextCopy(definition);
        await server.ProvisionAsync([definition.Service], ct);
        await using var owner = await server.OpenAsOwnerAsync(definition.Service, await server.HomeOfAsync(definition.Service, ct), ct);
        await copy.BeginAsync(owner, ct);
        try
        {
            var events = await FillAsync(server, definition, copy, owner, slow, ct);
            slow.Report("Putting the new tables in the old ones' place");
            await copy.SwapAsync(owner, ct);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"views: made anew from {events} positions of the feeds"));
            return ExitCode.Done;
        }
        catch
        {
            // Not ct: whoever interrupted it is not to find half a copy.
            await copy.DropAsync(owner, CancellationToken.None);
            throw;
        }
    }

    static async Task<long> FillAsync(
        DatabaseServer server, ServiceDefinition definition, NextCopy copy, NpgsqlConnection owner, SlowWork progress, CancellationToken ct)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["port"] = "0", ["log_level"] = "Error", ["migrate_at_start"] = "false" };
        var feeds = new List<WebApplication>();
        await using var end = new Ending(feeds);
        foreach (var source in AllServices.Definitions.Where(d => d.Service != definition.Service))
        {
            // A feed is read where its service is said to be. Where nobody says it, as with hdms up, this program gives it itself.
            var url = $"{source.Service.Name}_url";
            if (server.Settings[url] is not null)
                continue;
            var feed = ServiceHost.CreateBuilder(source, Installation.Over(server.Settings, settings)).Build().UseKit(static _ => { });
            feeds.Add(feed);
            await feed.StartAsync(ct);
            settings[url] = feed.Urls.First();
        }

        progress.Report("Reading the feeds");
        settings[NextCopy.Setting] = copy.SearchPath;
        var filling = definition.Build(Installation.Over(server.Settings, settings));
        feeds.Insert(0, filling);
        await filling.StartAsync(ct);
        var readers = filling.Services.GetServices<FeedReader>().Count();
        for (; ; )
        {
            var (caughtUp, events, parked) = await copy.LookAsync(owner, ct);
            if (parked > 0)
                throw new OneLineError($"{parked} events can't be carried out, so the old tables stay; hdms doctor tells which, where the old ones met them, too.");
            if (caughtUp == readers)
                return events;
            progress.Report(string.Create(CultureInfo.InvariantCulture, $"Reading the feeds: {events} positions"));
            await Task.Delay(Look, ct);
        }
    }

    /// <summary>Stops the applications, in their order: a feed that is being read ends only with its reader.</summary>
    sealed class Ending(List<WebApplication> apps) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var app in apps)
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }
        }
    }
}
