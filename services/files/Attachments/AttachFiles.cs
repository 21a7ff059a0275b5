using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Attachments;

/// <summary>Attaches files that the caller has uploaded: all of them, or none. Those that are attached to the same thing already stay so.</summary>
static class AttachFiles
{
    public static void Map(IEndpointRouteBuilder api, TargetKind kind) => api.MapPost(
            $"/{kind.Path()}/{{id:guid}}/attachments",
            (Guid id, AttachFilesRequest request, Caller caller, Sight sight, ServiceDatabase db, FileRules rules, CancellationToken ct) =>
                HandleAsync(kind, id, request, caller, sight, db, rules, ct))
        .WithName($"AttachTo{kind}")
        .WithTags("Attachments")
        .WithSummary($"Attaches up to {FileRules.MostAtOnce} files that the caller has uploaded to a {kind.Words()}")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.AlreadyExists, Codes.Infected, Codes.TicketQuota);

    static async Task<Answer<AttachmentsView>> HandleAsync(
        TargetKind kind, Guid id, AttachFilesRequest request, Caller caller, Sight sight, ServiceDatabase db, FileRules rules, CancellationToken ct)
    {
        var ids = request.FileIds.Distinct().ToArray();
        var check = new Checks();
        check.That("file_ids", ids.Length is >= 1 and <= FileRules.MostAtOnce, $"takes 1 to {FileRules.MostAtOnce} ids");
        check.Done();
        var me = caller.Person;
        var target = await sight.OfAsync(kind, id, caller, ct);
        if (!target.MayUpload)
        {
            throw Refusal.Forbidden($"Attachments of this {kind.Words()} are not yours to add.");
        }

        return await db.AnswerAsync(caller, async unit =>
        {
            var files = await AttachAsync(unit, target, ids, me, rules);
            return Answer.Ok(new AttachmentsView(await FileViewing.ManyAsync(unit.Connection, files, unit.Ct)));
        }, ct);
    }

    /// <summary>In a unit of work that holds the ticket's row, so that the quota is counted by one after the other.</summary>
    public static async Task<IReadOnlyList<Attachment>> AttachAsync(UnitOfWork unit, Target asked, Guid[] ids, Guid uploader, FileRules rules)
    {
        if (!await AttachedTickets.HoldAsync(unit, asked.TicketId))
        {
            throw Refusal.NotFound("ticket");
        }

        var target = await NowAsync(unit, asked);
        var there = (await AttachmentTable.Rows.QueryAsync(
            unit, "WHERE r.id = ANY(@ids) AND r.uploaded_by_id = @uploader AND NOT r.is_deleted ORDER BY r.id FOR UPDATE", new { ids, uploader })).ToDictionary(f => f.Id);
        Check(target, ids, there);
        var used = await unit.SingleAsync<long>(
            "SELECT coalesce(sum(file_size), 0) FROM attachments WHERE of_ticket_id = @TicketId AND NOT is_deleted AND scan_status <> 'infected'", new { target.TicketId });
        var more = there.Values.Where(f => !f.IsAttached).Sum(f => f.FileSize);
        if (used + more > rules.PerTicket)
        {
            throw new Refusal(
                Codes.TicketQuota, $"The ticket has {FileRules.Readable(used)} of attachments, these are {FileRules.Readable(more)} more, and {FileRules.Readable(rules.PerTicket)} is the most.")
            {
                Members = new Dictionary<string, object?> { ["used"] = used, ["limit"] = rules.PerTicket },
            };
        }

        var attached = new List<Attachment>();
        foreach (var id in ids)
        {
            attached.Add(there[id].IsAttached ? there[id] : await AttachmentTable.SaveAsync<FileAttached>(unit, there[id], target.Link(there[id])));
        }

        return attached;
    }

    /// <summary>A sub-ticket may have been merged since the tickets service was asked.</summary>
    static async Task<Target> NowAsync(UnitOfWork unit, Target asked) =>
        asked.SubTicketId is { } sub && await unit.FindAsync<Guid?>("SELECT ticket_id FROM merged_sub_tickets WHERE sub_ticket_id = @sub", new { sub }) is not null
            ? asked with { SubTicketId = null }
            : asked;

    static void Check(Target target, Guid[] ids, Dictionary<Guid, Attachment> there)
    {
        if (ids.Where(id => !there.ContainsKey(id)).Select(id => (Guid?)id).FirstOrDefault() is { } unknown)
        {
            throw Refusal.UnknownReference("file_ids", $"You have uploaded no file {unknown}, or its day is over.");
        }

        if (there.Values.FirstOrDefault(f => f.IsAttached && !target.IsOf(f)) is { } elsewhere)
        {
            throw new Refusal(Codes.AlreadyExists, $"The file {elsewhere.Id} is attached to something else.")
            {
                Errors = new Dictionary<string, string[]> { ["file_ids"] = [$"{elsewhere.Id} is attached to something else"] },
            };
        }

        if (there.Values.FirstOrDefault(f => f.ScanStatus == ScanStatus.Infected) is { } infected)
        {
            throw new Refusal(Codes.Infected, $"The scanner found something in the file {infected.Id}; it can't be attached.");
        }
    }
}
