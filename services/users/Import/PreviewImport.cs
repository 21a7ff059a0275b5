using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Users.People;
using Npgsql;

namespace Hdms.Users.Import;

/// <summary>The dry run: what each row would come to, as far as it can be told while nobody else writes. Nothing is written.</summary>
static class PreviewImport
{
    public static async Task<ImportPreview> OfAsync(NpgsqlConnection connection, ImportFile file, DateTimeOffset now, CancellationToken ct)
    {
        var people = (await connection.QueryAsync<User>(new CommandDefinition(
            "SELECT * FROM users WHERE employee_code = ANY(@codes)", new { codes = file.Lines.Select(l => l.EmployeeCode).ToArray() }, cancellationToken: ct)))
            .ToDictionary(u => u.EmployeeCode, StringComparer.Ordinal);
        var departments = (await connection.QueryAsync<(string Code, Guid Id)>(new CommandDefinition(
            "SELECT code, id FROM departments WHERE state = 'open' AND NOT is_deleted", cancellationToken: ct))).ToDictionary(d => d.Code, d => d.Id, StringComparer.Ordinal);
        var plans = file.Lines.Select(l => ImportPlan.Of(people.GetValueOrDefault(l.EmployeeCode), l, file.Columns, departments, now)).ToArray();
        var conflicts = await Conflicts.ReadAsync(connection, plans, ct);
        var rows = file.Lines.Zip(plans, (line, plan) => Show(line, conflicts.Judge(line, plan))).ToArray();
        return new ImportPreview(Count(rows), rows);
    }

    static ImportCounts Count(ImportRowPreview[] rows) => new(
        rows.Length,
        rows.Count(r => r.Action == ImportAction.Create),
        rows.Count(r => r.Action == ImportAction.Update),
        rows.Count(r => r.Action == ImportAction.Unchanged),
        rows.Count(r => r.Action == ImportAction.Reject));

    static ImportRowPreview Show(ImportLine line, ImportPlan plan)
    {
        var changes = new Dictionary<string, JsonElement[]>(StringComparer.Ordinal);
        if (plan.Action is ImportAction.Create or ImportAction.Update)
        {
            var isNew = plan.Action == ImportAction.Create;
            var between = Audit.Between((isNew ? new User() : plan.Before).State<UserChanged>(), plan.After.State<UserChanged>());
            var (old, now) = ((JsonObject)between.Before!, (JsonObject)between.After!);
            foreach (var (field, value) in now)
            {
                changes[field] = [Element(field, isNew ? null : old[field]), Element(field, value)];
            }
        }

        return new ImportRowPreview(line.Line, line.EmployeeCode, plan.Action, changes, plan.Reason);
    }

    static JsonElement Element(string field, JsonNode? value) =>
        field == "cnic" ? JsonSerializer.SerializeToElement(Sights.Masked((string?)value)) : JsonSerializer.SerializeToElement(value);

    /// <summary>What a row can't see by itself: addresses and national ids of others, in the table and in the rows before it; heads.</summary>
    sealed class Conflicts(Dictionary<string, Guid> emails, Dictionary<string, Guid> cnics, HashSet<Guid> heads)
    {
        readonly Dictionary<(string Field, string Value), int> _taken = [];

        public static async Task<Conflicts> ReadAsync(NpgsqlConnection connection, IReadOnlyList<ImportPlan> plans, CancellationToken ct)
        {
            var emails = (await connection.QueryAsync<(string Email, Guid Id)>(new CommandDefinition(
                "SELECT lower(email), id FROM users WHERE lower(email) = ANY(@emails)",
                new { emails = plans.Where(p => p.After.Email is not null).Select(p => p.After.Email!.ToLowerInvariant()).ToArray() },
                cancellationToken: ct))).ToDictionary(e => e.Email, e => e.Id, StringComparer.Ordinal);
            var cnics = (await connection.QueryAsync<(string Cnic, Guid Id)>(new CommandDefinition(
                "SELECT cnic, id FROM users WHERE cnic = ANY(@cnics)",
                new { cnics = plans.Where(p => p.After.Cnic is not null).Select(p => p.After.Cnic!).ToArray() },
                cancellationToken: ct))).ToDictionary(c => c.Cnic, c => c.Id, StringComparer.Ordinal);
            var heads = await connection.QueryAsync<Guid>(new CommandDefinition(
                "SELECT head_id FROM departments WHERE head_id IS NOT NULL AND NOT is_deleted", cancellationToken: ct));
            return new Conflicts(emails, cnics, [.. heads]);
        }

        public ImportPlan Judge(ImportLine line, ImportPlan plan)
        {
            var (before, after) = (plan.Before, plan.After);
            if (plan.Action is not (ImportAction.Create or ImportAction.Update))
            {
                return plan;
            }

            var losesSeat = after.DepartmentId != before.DepartmentId || (before.Role == Role.Assignee && after.Role != Role.Assignee);
            var reason = Taken("email", after.Email?.ToLowerInvariant(), emails, after.Id, line.Line)
                ?? Taken("cnic", after.Cnic, cnics, after.Id, line.Line)
                ?? (heads.Contains(after.Id) && losesSeat ? "is the head of a department; name another head first" : null);
            return reason is null ? plan : plan with { Action = ImportAction.Reject, Reason = reason };
        }

        string? Taken(string field, string? value, Dictionary<string, Guid> others, Guid self, int line)
        {
            if (value is null)
            {
                return null;
            }

            return others.TryGetValue(value, out var owner) && owner != self ? $"{field} is somebody else's"
                : _taken.TryAdd((field, value), line) ? null
                : $"{field} is that of line {_taken[(field, value)]}";
        }
    }
}
