using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Tickets.Sla;

/// <summary>Reads and writes rows of <c>sla_templates</c>; every write appends the event that tells of it.</summary>
static class SlaTemplateTable
{
    public static readonly Table<SlaTemplate> Rows = new("sla_templates");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("sla_templates", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<SlaTemplateState>();

    /// <summary>The row, deleted or not, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<SlaTemplate> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound("SLA template");

    public static async Task<SlaTemplate> InsertAsync(UnitOfWork unit, SlaTemplate template)
    {
        var row = template with { Id = Guid.CreateVersion7(unit.Now), CreatedBy = unit.By.UserId, CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        await unit.AppendAsync(new EventStream(row.Id, 0), row.As<SlaTemplateCreated>(), new Audit(After: row.As<SlaTemplateCreated>()));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<SlaTemplate> SaveAsync<T>(UnitOfWork unit, SlaTemplate before, SlaTemplate after, string? reason = null)
        where T : SlaTemplateState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), row.As<T>(), Audit.Between<SlaTemplateState>(before, row, reason));
        return row;
    }

    static EventStream Stream(SlaTemplate row) => new(row.Id, row.Version) { Imported = () => row.As<SlaTemplateImported>() };
}
