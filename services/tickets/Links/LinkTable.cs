using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;

namespace Hdms.Tickets.Links;

/// <summary>A link from one ticket to another, as the row says.</summary>
sealed record TicketLink : TicketLinkState
{
    public long Version { get; init; }
}

/// <summary>Reads and writes rows of <c>ticket_links</c>; every write appends the event that tells of it.</summary>
static class LinkTable
{
    public static readonly Table<TicketLink> Rows = new("ticket_links");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("ticket_links", Rows, Stream).Whole<TicketLinkState>();

    /// <summary>The link, made unless it is there already.</summary>
    public static async Task<TicketLink> AddAsync(UnitOfWork unit, Guid from, Guid to, LinkKind kind)
    {
        if (await FindAsync(unit, from, to, kind) is { } there)
        {
            return there;
        }

        var row = new TicketLink
        {
            Id = Guid.CreateVersion7(unit.Now),
            FromId = from,
            ToId = to,
            Kind = kind,
            CreatedBy = unit.By.UserId,
            CreatedAt = unit.Now,
            UpdatedAt = unit.Now,
            Version = 1,
        };
        await Rows.InsertAsync(unit, row);
        var e = Whole<TicketLinkState>.As<TicketsLinked>(row);
        await unit.AppendAsync(new EventStream(row.Id, 0), e, new Audit(After: e));
        return row;
    }

    /// <summary>Takes the link away, if it is there.</summary>
    public static async Task RemoveAsync(UnitOfWork unit, Guid from, Guid to, LinkKind kind)
    {
        if (await FindAsync(unit, from, to, kind) is { } link)
        {
            await RemoveAsync(unit, link);
        }
    }

    public static async Task RemoveAsync(UnitOfWork unit, TicketLink link)
    {
        var row = link with { IsDeleted = true, DeletedAt = unit.Now, UpdatedAt = unit.Now, Version = link.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(link), Whole<TicketLinkState>.As<TicketsUnlinked>(row), Audit.Between<TicketLinkState>(link, row));
    }

    public static Task<TicketLink?> FindAsync(UnitOfWork unit, Guid from, Guid to, LinkKind kind) => Rows.FindAsync(
        unit, "WHERE r.from_id = @from AND r.to_id = @to AND r.kind = @kind AND NOT r.is_deleted FOR UPDATE", new { from, to, kind = kind.Word() });

    static EventStream Stream(TicketLink link) => new(link.Id, link.Version) { Imported = () => Whole<TicketLinkState>.As<TicketLinkImported>(link) };
}
