using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Communication.Webhooks;

/// <summary>Reads and writes rows of <c>webhooks</c>.</summary>
sealed class WebhookTable : ThingTable<WebhookTable, Webhook, WebhookState, WebhookImported>, INamedTable
{
    public static string Name => "webhooks";

    public static string Called => "webhook";

    /// <summary>The system gives it up; what waits to be sent is over.</summary>
    public static async Task TurnOffAsync(UnitOfWork unit, Webhook hook, WebhookOffReason reason)
    {
        await SaveAsync<WebhookTurnedOff>(unit, hook, hook with { IsActive = false, OffReason = reason });
        await DeliveryTable.GiveUpAsync(unit, hook.Id);
    }
}
