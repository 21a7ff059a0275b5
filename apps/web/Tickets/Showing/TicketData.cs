using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Session;

namespace Hdms.Web.Tickets.Showing;

public enum TicketTab
{
    Conversation,
    Timeline,
    SubTickets,
    Files,
    Audit,
}

/// <summary>All that a ticket's page shows, of three services; what one of them can't tell just now is empty, and said.</summary>
/// <param name="Messages">The oldest first; the last fifty, unless more were asked for.</param>
/// <param name="Older">Goes into <c>older</c> for those before.</param>
/// <param name="Missing">Services that did not answer.</param>
public sealed record TicketData(
    TicketView Ticket,
    TicketTab Tab,
    IReadOnlyList<MessageView> Messages,
    string? Older,
    IReadOnlyList<ParticipantView> Participants,
    IReadOnlyList<FileView> Files,
    IReadOnlyList<FileView> MessageFiles,
    IReadOnlyList<SubTicketView> SubTickets,
    IReadOnlyList<ApprovalView> Approvals,
    IReadOnlyList<TicketRequestView> Requests,
    IReadOnlyList<TaskView> Tasks,
    IReadOnlyList<TicketLinkView> Links,
    SlaClocksView? Clocks,
    IReadOnlyList<AuditEntry> History,
    IReadOnlyList<string> Missing)
{
    public string Address => $"/tickets/{Ticket.Number ?? Ticket.Id.ToString()}";

    public bool IsChatOpen => Ticket.Status is not (TicketStatus.Draft or TicketStatus.Rejected or TicketStatus.Closed);

    /// <summary>Whether the reader is in the conversation, or may join it by speaking.</summary>
    internal bool MaySpeak(Person me) => IsChatOpen && (me.IsModerator || Participants.Any(p => p.User.Id == me.Id));

    internal static async Task<TicketData> ReadAsync(ApiClient api, TicketView ticket, TicketTab tab, string? older, CancellationToken ct)
    {
        var at = $"/tickets/{ticket.Id}";
        var isDraft = ticket.Status == TicketStatus.Draft;
        var missing = new List<string>();

        // Side by side: the page waits for the slowest, not for all.
        var messages = isDraft ? None<CursorPage<MessageView>>() : Part<CursorPage<MessageView>>($"{at}/messages?limit=50{(older is null ? "" : $"&after={Uri.EscapeDataString(older)}")}", "the conversation");
        var participants = isDraft ? None<List<ParticipantView>>() : Part<List<ParticipantView>>($"{at}/participants", "participants");
        var messageFiles = isDraft ? None<AttachmentsView>() : Part<AttachmentsView>($"{at}/attachments/of-messages", "files");
        var files = Part<AttachmentsView>($"{at}/attachments", "files");
        var subTickets = ticket.SubTickets == 0 ? None<Paged<SubTicketView>>() : Part<Paged<SubTicketView>>($"{at}/subtickets?limit=100", "sub-tickets");
        var approvals = ticket.Approvers.Count == 0 ? None<Paged<ApprovalView>>() : Part<Paged<ApprovalView>>($"{at}/approvals?limit=100", "approvals");
        var requests = isDraft ? None<Paged<TicketRequestView>>() : Part<Paged<TicketRequestView>>($"{at}/requests?limit=20", "requests");
        var tasks = isDraft ? None<Paged<TaskView>>() : Part<Paged<TaskView>>($"{at}/tasks?limit=100", "tasks");
        var links = isDraft ? None<List<TicketLinkView>>() : Part<List<TicketLinkView>>($"{at}/links", "links");
        var clocks = isDraft ? None<SlaClocksView>() : Part<SlaClocksView>($"{at}/clocks", "clocks");
        var history = isDraft || tab is TicketTab.SubTickets or TicketTab.Files ? None<CursorPage<AuditEntry>>() : Part<CursorPage<AuditEntry>>($"{at}/history?limit=100", "history");
        await Task.WhenAll(messages, participants, files, messageFiles, subTickets, approvals, requests, tasks, links, clocks, history);
        var said = await messages;
        return new TicketData(
            ticket, tab, [.. (said?.Data ?? []).Reverse()], said?.Next, await participants ?? [], (await files)?.Data ?? [], (await messageFiles)?.Data ?? [], (await subTickets)?.Data ?? [], (await approvals)?.Data ?? [],
            (await requests)?.Data ?? [], (await tasks)?.Data ?? [], await links ?? [], await clocks, (await history)?.Data ?? [], missing);

        async Task<T?> Part<T>(string path, string what)
            where T : class
        {
            var answer = await api.SendAsync<T>(HttpMethod.Get, path, null, ct);
            if (answer.Problem is { IsPassing: true })
            {
                lock (missing)
                    missing.Add(what);
            }

            return answer.Value;
        }

        static Task<T?> None<T>()
            where T : class => Task.FromResult<T?>(null);
    }
}
