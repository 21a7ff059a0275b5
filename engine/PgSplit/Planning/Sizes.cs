namespace PgSplit.Planning;

/// <summary>How much moves, and the estimate that follows.</summary>
static class Sizes
{
    public static async Task<ServicePlan> OfAsync(Examination x, CancellationToken ct)
    {
        var indexes = (await x.AskAsync(
            "SELECT c.oid, pg_indexes_size(c.oid) FROM pg_class c WHERE c.oid = ANY ($1) AND c.relkind <> 'p'",
            r => (Oid: r.GetFieldValue<uint>(0), Bytes: r.GetInt64(1)), ct)).ToDictionary(i => i.Oid, i => i.Bytes);
        var tables =
            from t in x.Tables
            where t.HoldsRows
            group t by t.Root into root
            orderby root.Key
            select new TablePlan(
                root.Key,
                root.Any(t => t.EstimatedRows < 0) ? null : (long)root.Sum(t => t.EstimatedRows),
                root.Sum(t => t.Bytes),
                root.Sum(t => indexes.GetValueOrDefault(t.Oid)));
        TablePlan[] all = [.. tables];
        return new ServicePlan(x.Service.Name, x.Move.Source.Route, x.Move.Target.Route, all, Estimate.Of(all.Sum(t => t.Bytes), all.Sum(t => t.IndexBytes)));
    }
}
