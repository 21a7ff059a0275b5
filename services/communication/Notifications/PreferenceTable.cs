using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;

namespace Hdms.Communication.Notifications;

/// <summary>What somebody wants to be told of, as the row says.</summary>
sealed record Preference : PreferenceState
{
    public long Version { get; init; }
}

/// <summary>Reads and writes rows of <c>notification_preferences</c>; every write appends the event that tells of it.</summary>
static class PreferenceTable
{
    public static readonly Table<Preference> Rows = new("notification_preferences");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents =
        new StateTable("notification_preferences", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<PreferenceState>();

    public static async Task SetAsync(UnitOfWork unit, Guid user, NotificationPreference wanted)
    {
        var before = await Rows.FindAsync(
            unit, "WHERE r.user_id = @user AND r.type = @type AND r.channel = @channel FOR UPDATE", new { user, type = wanted.Type.Word(), channel = wanted.Channel.Word() });
        if (before?.Mode == wanted.Mode)
        {
            return;
        }

        var row = (before ?? new Preference { Id = Guid.CreateVersion7(unit.Now), UserId = user, Type = wanted.Type, Channel = wanted.Channel, CreatedAt = unit.Now }) with
        {
            Mode = wanted.Mode,
            UpdatedAt = unit.Now,
            Version = (before?.Version ?? 0) + 1,
        };
        await (before is null ? Rows.InsertAsync(unit, row) : Rows.UpdateAsync(unit, row));
        await unit.AppendAsync(before is null ? new EventStream(row.Id, 0) : Stream(before), Whole<PreferenceState>.As<PreferenceChanged>(row));
    }

    static EventStream Stream(Preference row) => new(row.Id, row.Version) { Imported = () => Whole<PreferenceState>.As<PreferenceImported>(row) };
}
