using System.Globalization;
using Hdms.Cli.Cluster;
using Hdms.Cli.Tests;
using Hdms.Contracts;
using Hdms.Testing;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>A server of its own, since it is killed.</summary>
public sealed class ServerRestartTests(HelpDesk desk)
{
    [Fact]
    public async Task An_open_page_comes_back_after_the_server_was_killed_and_shows_what_was_written_meanwhile_once()
    {
        using var directory = TestDirectory.Create();
        var data = Path.Combine(directory.Path, "data");
        var port = FreePort.Find();
        string[] up = ["up", "--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)];
        using var site = new Site(desk.Chromium, new Uri($"http://127.0.0.1:{port}"));
        TicketView ticket;
        Visitor requester;
        await using (var first = RealProgram.Begin(new Dictionary<string, string>(), port, up))
        {
            await first.SaysAsync("Stop:");
            ticket = await site.SubmittedAsync();
            requester = await site.SignedInAsync(People.Requester);
            await requester.FollowAsync($"/tickets/{ticket.Number}");
            await site.SayAsync(People.Moderator, ticket, "Before.");
            await Expect(requester.Messages).ToHaveTextAsync(["Before."]);
            await requester.Composer.FillAsync("I am about to say");

            await first.SignalAsync("KILL");
            await first.ExitAsync();
            await Expect(requester.Page.Locator("html")).ToHaveAttributeAsync("data-live", "off");
        }

        await using var second = RealProgram.Begin(new Dictionary<string, string>(), port, up);
        await second.SaysAsync("Stop:");
        await site.SayAsync(People.Moderator, ticket, "Meanwhile.");
        await Expect(requester.Messages).ToHaveTextAsync(["Before.", "Meanwhile."]);
        await Expect(requester.Page.Locator("html")).ToHaveAttributeAsync("data-live", "on");
        await site.SayAsync(People.Moderator, ticket, "Afterwards.");

        await Expect(requester.Messages).ToHaveTextAsync(["Before.", "Meanwhile.", "Afterwards."]);
        await Expect(requester.Composer).ToHaveValueAsync("I am about to say");
        await requester.DisposeAsync();
    }
}
