package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func (w *World) addRules(ctx context.Context, document *Document) error {
	for _, told := range document.Rules {
		spec, err := w.ruleSpec(told)
		if err != nil {
			return err
		}
		cluster := object.NewClusterComputeResource(w.client, w.clusters[told.Cluster])
		task, err := cluster.Reconfigure(ctx, spec, true)
		if err != nil {
			return err
		}
		if err := w.wait(task); err != nil {
			return fmt.Errorf("rule %s: %w", told.Name, err)
		}
	}
	return nil
}

func (w *World) ruleSpec(told Rule) (*types.ClusterConfigSpecEx, error) {
	info := types.ClusterRuleInfo{Name: told.Name, Enabled: &told.IsEnabled, Mandatory: &told.IsMandatory}
	vms, hosts := refsOf(w.vms, told.VMs), refsOf(w.hosts, told.Hosts)
	spec := &types.ClusterConfigSpecEx{}
	var rule types.BaseClusterRuleInfo
	switch told.Kind {
	case "affinity":
		rule = &types.ClusterAffinityRuleSpec{ClusterRuleInfo: info, Vm: vms}
	case "anti_affinity":
		rule = &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: info, Vm: vms}
	case "run_on", "not_run_on":
		vmGroup, hostGroup := told.Name+" VMs", told.Name+" hosts"
		spec.GroupSpec = []types.ClusterGroupSpec{
			added(&types.ClusterVmGroup{ClusterGroupInfo: types.ClusterGroupInfo{Name: vmGroup}, Vm: vms}),
			added(&types.ClusterHostGroup{ClusterGroupInfo: types.ClusterGroupInfo{Name: hostGroup}, Host: hosts}),
		}
		vmHost := &types.ClusterVmHostRuleInfo{ClusterRuleInfo: info, VmGroupName: vmGroup}
		if told.Kind == "run_on" {
			vmHost.AffineHostGroupName = hostGroup
		} else {
			vmHost.AntiAffineHostGroupName = hostGroup
		}
		rule = vmHost
	default:
		return nil, fmt.Errorf("rule %s: there is no kind %q", told.Name, told.Kind)
	}
	spec.RulesSpec = []types.ClusterRuleSpec{{
		ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationAdd}, Info: rule,
	}}
	return spec, nil
}

func added(group types.BaseClusterGroupInfo) types.ClusterGroupSpec {
	return types.ClusterGroupSpec{
		ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationAdd}, Info: group,
	}
}

func refsOf(known map[string]Ref, names []string) []Ref {
	refs := make([]Ref, 0, len(names))
	for _, name := range names {
		refs = append(refs, known[name])
	}
	return refs
}
