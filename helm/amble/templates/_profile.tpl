{{/*
What is in effect: the profile's numbers, overruled by the values that are given. As YAML, to be read with
`fromYaml`:

  replicas, ledger, etcd, persistence {enabled, size}, resources, cluster (whether there are several nodes)
*/}}
{{- define "amble.effective" -}}
{{- $all := .Files.Get "files/profiles.yaml" | fromYaml -}}
{{- $profile := get $all .Values.profile -}}
{{- $ledger := default $profile.ledger .Values.ledger.kind -}}
{{- $etcd := default $profile.etcd .Values.etcd.kind -}}
{{- $given := .Values.persistence -}}
{{- $keep := kindIs "bool" $given.enabled | ternary $given.enabled $profile.persistence.enabled -}}
{{- $size := default $profile.persistence.size $given.size -}}
{{- $effective := dict
      "replicas" (int (default $profile.replicas .Values.replicas))
      "ledger" $ledger
      "etcd" $etcd
      "persistence" (dict "enabled" $keep "size" $size)
      "resources" (mergeOverwrite (deepCopy $profile.resources) .Values.resources)
      "cluster" (ne $etcd "none")
-}}
{{- toYaml $effective -}}
{{- end -}}

{{/* Where the nodes reach etcd, one URL a line. */}}
{{- define "amble.etcdEndpoints" -}}
{{- $effective := include "amble.effective" . | fromYaml -}}
{{- if eq $effective.etcd "chart" -}}
{{- $name := include "amble.fullname" . -}}
{{- range until 3 }}
http://{{ $name }}-etcd-{{ . }}.{{ $name }}-etcd.{{ $.Release.Namespace }}.svc:2379
{{- end -}}
{{- else if eq $effective.etcd "external" -}}
{{- join "\n" .Values.etcd.endpoints -}}
{{- end -}}
{{- end -}}
