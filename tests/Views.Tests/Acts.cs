using Hdms.Contracts;

namespace Hdms.Views.Tests;

/// <summary>What people do with tickets and in their chats, for tests that are about what is shown of it.</summary>
static class Acts
{
    public const string Tickets = "/api/v1/tickets";
    public const string Board = "/api/v1/board";

    public static Task<TicketView> OpenAsync(
        this ViewsApi api, string title = "The printer smokes", TestUser? by = null, Guid? department = null, bool submit = true, string description = "Since this morning.",
        Priority priority = Priority.Medium) => api.Desk(by ?? api.World.Requester).DoAsync<TicketView>(
            HttpMethod.Post, Tickets, new CreateTicketRequest(title, description, priority, "hardware", department ?? api.World.It, Submit: submit));

    public static Task<TicketView> ActAsync(this ViewsApi api, TestUser by, Guid ticket, string action, object? request = null) =>
        api.Desk(by).DoAsync<TicketView>(HttpMethod.Post, $"{Tickets}/{ticket}/{action}", request);

    public static async Task<TicketView> AssignedAsync(this ViewsApi api, string title = "The printer smokes", Guid? department = null)
    {
        var ticket = await api.OpenAsync(title, department: department);
        await api.HeardAsync();
        await api.ActAsync(api.World.Moderator, ticket.Id, "review");
        return await api.ActAsync(api.World.Moderator, ticket.Id, "assign");
    }

    public static Task<MessageView> SayAsync(this ViewsApi api, TestUser by, Guid ticket, string text) =>
        api.Chat(by).DoAsync<MessageView>(HttpMethod.Post, $"{Tickets}/{ticket}/messages", new PostMessageRequest(text));

    public static Task<ParticipantView> AddAsync(this ViewsApi api, Guid ticket, TestUser who) =>
        api.Chat(api.World.Moderator).DoAsync<ParticipantView>(HttpMethod.Post, $"{Tickets}/{ticket}/participants", new AddParticipantRequest(who.Id));

    public static async Task RemoveAsync(this ViewsApi api, Guid ticket, TestUser who) =>
        (await api.Chat(api.World.Moderator).DeleteAsync($"{Tickets}/{ticket}/participants/{who.Id}")).EnsureSuccessStatusCode();

    public static Task<BoardPage> BoardAsync(this ViewsApi api, TestUser who, string query = "") =>
        api.Views(who).ReadAsync<BoardPage>($"{Board}?limit=100{(query.Length == 0 ? "" : $"&{query}")}");

    public static async Task<BoardRow?> RowAsync(this ViewsApi api, TestUser who, Guid ticket) => (await api.BoardAsync(who)).Data.SingleOrDefault(r => r.Id == ticket);

    public static Task<SearchAnswer> SearchAsync(this ViewsApi api, TestUser who, string words) =>
        api.Views(who).ReadAsync<SearchAnswer>($"/api/v1/search?q={Uri.EscapeDataString(words)}");

    /// <summary>Every way in which somebody may come to see a ticket, and to see it no longer.</summary>
    public static async Task MakeBusyDayAsync(this ViewsApi api)
    {
        var world = api.World;
        await api.OpenAsync("A draft of one's own", submit: false);
        await api.OpenAsync("Nobody's yet", by: world.Stranger);
        var spare = await api.OpenAsync("Somebody else's", by: world.Stranger, department: world.Finance);
        await api.HeardAsync();
        await api.AddAsync(spare.Id, world.Guest);
        var working = await api.AssignedAsync("A working one");
        await api.ActAsync(world.ItHead, working.Id, "start");
        await api.ActAsync(world.Moderator, working.Id, "split", new SplitTicketRequest([new NewSubTicket("Buy a part", world.Finance)]));
        var bill = await api.AssignedAsync("A bill", world.Finance);
        await api.ActAsync(world.FinanceHead, bill.Id, "start");
        await api.ActAsync(world.FinanceHead, bill.Id, "request_approval", new RequestApprovalRequest([new([world.Approver.Id])]));
        var later = await api.AssignedAsync("A later one");
        await api.ActAsync(world.Moderator, later.Id, "postpone", new ReasonedActionRequest("Parts are missing."));
        var rejected = await api.OpenAsync("Refused", by: world.Guest);
        await api.HeardAsync();
        await api.ActAsync(world.Moderator, rejected.Id, "review");
        await api.ActAsync(world.Moderator, rejected.Id, "reject", new RejectTicketRequest("Not ours."));
        var lost = await api.AssignedAsync("Taken away again");
        await api.HeardAsync();
        await api.AddAsync(lost.Id, world.Guest);
        await api.HeardAsync();
        await api.SayAsync(world.Requester, lost.Id, "The smoke is blue");
        await api.RemoveAsync(lost.Id, world.Guest);
        await api.HeardAsync();
    }
}
