using System.Net;
using Hdms.Testing;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>What people write is text, and what other sites send is refused.</summary>
public sealed class SafetyTests(HelpDesk desk)
{
    const string Hostile = "<script>window.taken = 1</script><img src=x onerror='window.taken = 2'><a href=\"javascript:window.taken=3\">press</a>";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scripts_in_titles_descriptions_messages_and_names_of_files_are_shown_and_do_not_run()
    {
        var mark = Guid.NewGuid().ToString("N")[..8];
        var ticket = await desk.Site.SubmittedAsync($"{Hostile} {mark}", description: Hostile);
        await desk.Site.SayAsync(People.Requester, ticket, Hostile);
        await desk.Site.SayAsync(People.Requester, ticket, "[press](javascript:window.taken=4) ![x](javascript:window.taken=5) <https://example.org/\"onmouseover=\"window.taken=6>");
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync($"/tickets/{ticket.Number}?show=files");
        await requester.Page.Locator("#upload").SetInputFilesAsync(new FilePayload { Name = "<img src=x onerror='window.taken=7'>.txt", MimeType = "text/plain", Buffer = "Nothing."u8.ToArray() });
        await requester.Button("Upload").ClickAsync();
        await Expect(requester.Page.Locator("#files .file")).ToContainTextAsync("<img src=x onerror='window.taken=7'>.txt");

        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        foreach (var path in new[]
        {
            $"/tickets/{ticket.Number}", $"/tickets/{ticket.Number}?show=timeline", $"/tickets/{ticket.Number}?show=files", $"/tickets/{ticket.Number}?show=audit",
            $"/board?tab=new&sort=-created_at&open={ticket.Number}", $"/search?q={mark}", $"/tickets/{ticket.Number}/act/review", $"/tickets/{ticket.Number}/act/reject",
        })
        {
            await moderator.GoAsync(path);
            await Expect(moderator.Page.Locator("body")).ToContainTextAsync(mark);
            (await moderator.Page.EvaluateAsync<string?>("() => window.taken ? String(window.taken) : null")).ShouldBeNull(path);
            (await moderator.Page.Locator("main script, main [onerror], main [onmouseover], main a[href^='javascript'], main img[src='x']").CountAsync()).ShouldBe(0, path);
            moderator.Faults.ShouldBeEmpty(path);
        }

        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await Expect(moderator.Messages.First).ToContainTextAsync("<script>window.taken = 1</script>");
        await Expect(moderator.Page.Locator(".description")).ToHaveTextAsync(Hostile);
        await Expect(moderator.Page.Locator("#head h1")).ToHaveTextAsync($"{Hostile} {mark}");
    }

    [Fact]
    public async Task What_another_sites_page_sends_is_refused()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.Page.RouteAsync("https://elsewhere.example/**", route => route.FulfillAsync(new()
        {
            ContentType = "text/html",
            Body = $"<form method='post' action='{new Uri(desk.Site.Address, $"/tickets/{ticket.Number}/messages")}'><input name='message' value='Taken over'><button>Win</button></form>",
        }));
        await requester.GoAsync("https://elsewhere.example/");
        var answer = await requester.Page.RunAndWaitForResponseAsync(() => requester.Button("Win").ClickAsync(), r => r.Request.Method == "POST");
        answer.Status.ShouldBe(403);

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(desk.Site.Address, "/sign-in")) { Content = new FormUrlEncodedContent([new("employee_code", "x"), new("password", "x")]) };
        request.Headers.Add("Origin", "https://elsewhere.example");
        await http.SendAsync(request, Ct).ShouldBeAsync(HttpStatusCode.Forbidden);

        await requester.GoAsync($"/tickets/{ticket.Number}");
        await Expect(requester.Messages).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_page_of_somebody_elses_ticket_is_not_found()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var other = await desk.Site.SignedInAsync(People.OtherRequester);
        foreach (var path in new[] { $"/tickets/{ticket.Number}", $"/tickets/{ticket.Id}", $"/tickets/{ticket.Number}/act/reject", $"/tickets/{ticket.Id}/edit" })
        {
            var answer = await other.Page.GotoAsync(path);
            answer!.Status.ShouldBe(404, path);
            await Expect(other.Page.Locator("h1")).ToHaveTextAsync("Not found");
        }

        await other.GoAsync($"/search?q={ticket.Title[^8..]}");
        await Expect(other.Page.Locator(".empty")).ToContainTextAsync("Nothing is found");
    }
}
